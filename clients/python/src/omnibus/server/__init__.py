"""How does a site start the server: its settings as an environment, and the program itself."""
