// The verbs follow.
