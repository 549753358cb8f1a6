-- One row per organization and name: the names under which leaderboards and model ids have it.
-- grain: organization, name
-- reads: input_organization_names
-- columns:
--   organization | the organization, as in `models`
--   name | a name or namespace of it, or a prefix of the ids of its models
-- checks:
--   name <> ''
select
    organization,
    name
from input_organization_names
order by organization, name
