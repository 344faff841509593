"""What a WSGI server loads: the app with the settings of the environment."""

import gc

from review import create_served_app
from review.adapters.memory import give_back_large_blocks

give_back_large_blocks()
app = create_served_app()
gc.freeze()  # the processes forked from this one share what stands now, as nothing touches it to count it
