"""What runs Andon: the `andon` command, the local processes, migrations, demos."""
