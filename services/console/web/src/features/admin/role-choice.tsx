import { Checkbox } from "@patternfly/react-core";

import { titleOf } from "../../components/format";
import type { Role } from "../../gen/quantix/console/v1/role_pb";

interface RoleChoiceProps {
  roles: readonly Role[];
  chosen: readonly string[];
  onChange(roles: string[]): void;
}

/** Roles to give, by name. */
export function RoleChoice({ roles, chosen, onChange }: RoleChoiceProps) {
  return (
    <div role="group" aria-label="Roles" className="q-choices">
      {roles.map((each) => (
        <Checkbox
          key={each.name}
          id={each.name}
          label={titleOf(each)}
          description={each.description}
          isChecked={chosen.includes(each.name)}
          onChange={(_event, on) => onChange(on ? [...chosen, each.name] : chosen.filter((name) => name !== each.name))}
        />
      ))}
    </div>
  );
}
