"""The verbs: one transaction each, ending at stored intent."""
