import { Alert, Button, Card, CardBody, CardTitle, Form } from "@patternfly/react-core";
import { useState, type FormEvent } from "react";

import { RestRefusal, useSignIn } from "../../api/session";
import { Copy } from "../../components/copy";
import { TextField } from "../../components/field";
import { span } from "../../components/format";

/** Asks who is there. */
export function SignIn() {
  const [user, setUser] = useState("");
  const [password, setPassword] = useState("");
  const signIn = useSignIn();
  const send = (event: FormEvent) => {
    event.preventDefault();
    signIn.mutate({ user, password });
  };
  return (
    <main className="q-sign-in">
      <Card>
        <CardTitle component="h1">
          <img src="/mark.svg" alt="" width="28" height="28" /> Sign in to Quantix-vDC
        </CardTitle>
        <CardBody>
          <Form onSubmit={send}>
            <WhyNot error={signIn.error} />
            <TextField id="user" label="User" value={user} onChange={setUser} required autoComplete="username" />
            <TextField
              id="password"
              label="Password"
              type="password"
              value={password}
              onChange={setPassword}
              required
              autoComplete="current-password"
            />
            <Button type="submit" isBlock isLoading={signIn.isPending} isDisabled={!user || !password || signIn.isPending}>
              Sign in
            </Button>
          </Form>
        </CardBody>
      </Card>
    </main>
  );
}

/** A refusal of the sign-in, which comes from the REST face. */
export function WhyNot({ error }: { error: Error | null }) {
  if (!error) return null;
  const refusal = error instanceof RestRefusal ? error : undefined;
  const wait = refusal?.retryAfterSeconds ? ` Try again in ${span(refusal.retryAfterSeconds)}.` : "";
  return (
    <Alert isInline variant="danger" role="alert" title={refusal ? refusal.message + wait : "The site cannot be reached from here."}>
      {refusal && <Copy text={refusal.reason} label="reason code" />}
    </Alert>
  );
}
