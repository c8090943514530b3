"""What services there are, who sees them and which rules apply to them: what translation asks the configuration.

Only rules over configuration and the frozen values that they give may live here; no Envoy message is built. Pure.
"""
