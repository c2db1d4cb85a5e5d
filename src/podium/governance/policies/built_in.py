"""The policies of the built-in roles. What none of them permits is denied.

A role holds where it is bound: in the organisation, in a workspace, or over what the members of a
team own. So no policy names a place; that nothing reaches into another workspace is seen to before.
"""

from typing import Final

BUILT_IN: Final = """
@id("owner")
permit (principal in Role::"owner", action, resource);

@id("admin")
permit (principal in Role::"admin", action, resource)
unless { action == Action::"bind" && resource == RoleThing::"owner" };

@id("engineer")
permit (
  principal in Role::"engineer",
  action in [Action::"read", Action::"list", Action::"create", Action::"use"],
  resource
) when { resource in [Area::"work", Area::"models"] };

@id("engineer-data")
permit (
  principal in Role::"engineer",
  action in [Action::"read", Action::"list", Action::"use"],
  resource
) when { resource in [Area::"data", Area::"secrets"] };

@id("engineer-own")
permit (
  principal in Role::"engineer",
  action in [Action::"change", Action::"delete"],
  resource
) when {
  resource in [Area::"work", Area::"models", Area::"data"] &&
  resource has owner && resource.owner == principal
};

@id("analyst")
permit (
  principal in Role::"analyst",
  action in [Action::"read", Action::"list"],
  resource
) when { resource in [Area::"work", Area::"models", Area::"data", Area::"costs"] };

@id("analyst-models")
permit (principal in Role::"analyst", action == Action::"use", resource in Area::"models");

@id("operator")
permit (
  principal in Role::"operator",
  action in [Action::"read", Action::"list", Action::"use"],
  resource
) when {
  resource in [Area::"work", Area::"models", Area::"data", Area::"secrets", Area::"costs"]
};

@id("operator-runs")
permit (
  principal in Role::"operator",
  action in [Action::"create", Action::"change"],
  resource
) when { resource is Run || resource is Event || resource is Approval };

@id("operator-schedules")
permit (principal in Role::"operator", action == Action::"change", resource is Schedule);

@id("auditor")
permit (
  principal in Role::"auditor",
  action in [Action::"read", Action::"list"],
  resource
) unless { resource in Area::"secrets" };

@id("auditor-export")
permit (principal in Role::"auditor", action == Action::"export", resource is Audit);

@id("approver")
permit (
  principal in Role::"approver",
  action in [Action::"read", Action::"list", Action::"decide"],
  resource is Approval
);

@id("approver-looks")
permit (
  principal in Role::"approver",
  action in [Action::"read", Action::"list"],
  resource
) when { resource is Workflow || resource is Run || resource is Trace };

@id("viewer")
permit (
  principal in Role::"viewer",
  action in [Action::"read", Action::"list"],
  resource
) when {
  resource is Workflow || resource is Run || resource is Schedule || resource is Approval
};

@id("everybody-looks")
permit (
  principal,
  action in [Action::"read", Action::"list"],
  resource
) when {
  principal.has_role &&
  (resource in Area::"people" || resource is Model || resource is Check)
};

@id("everybody-own-keys")
permit (
  principal,
  action in [
    Action::"read", Action::"list", Action::"create", Action::"change", Action::"delete"
  ],
  resource is Key
) when { principal.has_role && resource has owner && resource.owner == principal };

@id("everybody-own-budgets")
permit (principal, action == Action::"list", resource is Budget)
when { principal.has_role && resource has owner && resource.owner == principal };

@id("everybody-delegates")
permit (
  principal,
  action in [Action::"read", Action::"list", Action::"create", Action::"change"],
  resource is Delegation
) when { principal.has_role };
"""
