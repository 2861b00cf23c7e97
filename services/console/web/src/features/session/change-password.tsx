import { Button, Card, CardBody, CardTitle, Content, Form } from "@patternfly/react-core";
import { useState, type FormEvent } from "react";

import { useChangePassword, useSignOut } from "../../api/session";
import { TextField } from "../../components/field";
import { WhyNot } from "./sign-in";

/** Has a generated password replaced before anything else. */
export function ChangePassword() {
  const [oldPassword, setOld] = useState("");
  const [newPassword, setNew] = useState("");
  const [again, setAgain] = useState("");
  const change = useChangePassword();
  const signOut = useSignOut();
  const differs = again !== "" && again !== newPassword;
  const send = (event: FormEvent) => {
    event.preventDefault();
    change.mutate({ oldPassword, newPassword });
  };
  return (
    <main className="q-sign-in">
      <Card>
        <CardTitle component="h1">Choose your own password</CardTitle>
        <CardBody>
          <Content component="p">The password you signed in with was generated. Replace it to go on.</Content>
          <Form onSubmit={send}>
            <WhyNot error={change.error} />
            <TextField id="old" label="Present password" type="password" value={oldPassword} onChange={setOld} required autoComplete="current-password" />
            <TextField id="new" label="New password" type="password" value={newPassword} onChange={setNew} required autoComplete="new-password" />
            <TextField
              id="again"
              label="New password again"
              type="password"
              value={again}
              onChange={setAgain}
              required
              autoComplete="new-password"
              problem={differs ? "Not the same as above." : undefined}
            />
            <Button type="submit" isBlock isLoading={change.isPending} isDisabled={!oldPassword || !newPassword || again !== newPassword}>
              Change password
            </Button>
            <Button variant="link" isBlock onClick={() => signOut.mutate()}>
              Sign out
            </Button>
          </Form>
        </CardBody>
      </Card>
    </main>
  );
}
