"""Pure rules of virtual machines: values, states, verbs, the plan of the machine loop."""
