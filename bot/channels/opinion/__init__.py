"""An optional second opinion on what a message means, from any OpenAI-compatible endpoint."""
