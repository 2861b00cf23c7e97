import { LinkButton } from "../../components/link-button";
import { Page } from "../../components/page";
import { Allowed } from "../../components/verbs";
import { MachineTable } from "./machine-table";

export default function MachineList() {
  const create = (
    <Allowed needs="vm.create">
      <LinkButton to="/vms/create">Create machine</LinkButton>
    </Allowed>
  );
  return (
    <Page title="Virtual machines" actions={create}>
      <MachineTable />
    </Page>
  );
}
