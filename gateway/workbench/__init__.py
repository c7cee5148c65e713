"""Members' JupyterLabs, passed through: each at a host name of its own, so that a notebook's page is a stranger to the
portal and to every other workbench."""
