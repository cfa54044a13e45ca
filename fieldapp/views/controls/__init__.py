"""The shared controls. Plain values and callbacks in, a control out; none knows where its values come from."""
