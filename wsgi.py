"""What a WSGI server loads: the app with the settings of the environment."""

import gc

from review.adapters.memory import give_back_large_blocks
from review.kept_modules import kept_modules

give_back_large_blocks()
with kept_modules():
    from review import create_served_app

    app = create_served_app()
gc.freeze()  # the processes forked from this one share what stands now, as nothing touches it to count it
