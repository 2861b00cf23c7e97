import { Button, Card, CardBody, CardTitle, Form } from "@patternfly/react-core";
import { useState, type FormEvent } from "react";

import { useChangePassword, useMay, useSession, useSignOut } from "../../api/session";
import { Facts } from "../../components/facts";
import { TextField } from "../../components/field";
import { Page } from "../../components/page";
import { WhyNot } from "../session/sign-in";
import { ApiKeys } from "./api-keys";

/** Who one is here, with which password and keys. */
export default function AccountPage() {
  const session = useSession().data;
  const may = useMay();
  const signOut = useSignOut();
  const person = Boolean(session?.csrfToken);
  return (
    <Page
      title="Account"
      actions={
        person && (
          <Button variant="secondary" onClick={() => signOut.mutate()}>
            Sign out
          </Button>
        )
      }
    >
      <WhyNot error={signOut.error} />
      <div className="q-halves">
        <Card isCompact>
          <CardTitle component="h2">You</CardTitle>
          <CardBody>
            <Facts
              narrow
              items={[
                ["Name", session?.displayName],
                ["User", session?.user],
                ["Session ends", session?.expireTime && `${new Date(session.expireTime).toLocaleString("en-GB")}; after 30 min without use`],
                ["You may", session?.permissions.includes("*") ? "Everything" : session?.permissions.join(", ")],
              ]}
            />
          </CardBody>
        </Card>
        {person && (
          <Card isCompact>
            <CardTitle component="h2">Password</CardTitle>
            <CardBody>
              <PasswordForm />
            </CardBody>
          </Card>
        )}
      </div>
      {may("apiKey.read") && <ApiKeys />}
    </Page>
  );
}

function PasswordForm() {
  const [oldPassword, setOld] = useState("");
  const [newPassword, setNew] = useState("");
  const [again, setAgain] = useState("");
  const change = useChangePassword();
  const send = (event: FormEvent) => {
    event.preventDefault();
    change.mutate({ oldPassword, newPassword }, {
      onSuccess: () => {
        setOld("");
        setNew("");
        setAgain("");
      },
    });
  };
  const differs = again !== "" && again !== newPassword;
  return (
    <Form onSubmit={send}>
      <WhyNot error={change.error} />
      {change.isSuccess && <p role="status">Changed. Your other sessions have ended.</p>}
      <TextField id="old" label="Present password" type="password" value={oldPassword} onChange={setOld} autoComplete="current-password" />
      <TextField id="new" label="New password" type="password" value={newPassword} onChange={setNew} autoComplete="new-password" help="At least 12 characters." />
      <TextField id="again" label="New password again" type="password" value={again} onChange={setAgain} autoComplete="new-password" problem={differs ? "Not the same as above." : undefined} />
      <div>
        <Button type="submit" variant="secondary" isLoading={change.isPending} isDisabled={!oldPassword || !newPassword || again !== newPassword}>
          Change password
        </Button>
      </div>
    </Form>
  );
}
