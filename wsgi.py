"""What a WSGI server loads: the app with the settings of the environment."""

from review import create_app

app = create_app()
