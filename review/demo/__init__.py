"""The demo company: content as data, played through the services only."""
