"""What a clinician does with the app, independent of any screen."""
