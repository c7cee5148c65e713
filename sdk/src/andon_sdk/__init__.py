"""What a partner installs: `andon_sdk.plugin` holds the hooks and the declarations they return."""
