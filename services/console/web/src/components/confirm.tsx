import { Button, Modal, ModalBody, ModalFooter, ModalHeader, TextInput } from "@patternfly/react-core";
import { useState, type ReactNode } from "react";

import { Refused } from "./refused";

interface ConfirmProps {
  title: string;
  verb: string;
  /** Typed by hand where data dies. */
  typed?: string;
  error: unknown;
  busy: boolean;
  onConfirm(): void;
  onClose(): void;
  children: ReactNode;
}

/** Asks before something is destroyed, and says what it touches. */
export function Confirm({ title, verb, typed, error, busy, onConfirm, onClose, children }: ConfirmProps) {
  const [text, setText] = useState("");
  return (
    <Modal isOpen variant="small" onClose={onClose} aria-label={title}>
      <ModalHeader title={title} titleIconVariant="warning" />
      <ModalBody>
        {children}
        {typed && (
          <label className="q-typed">
            Type <strong>{typed}</strong> to go on
            <TextInput value={text} onChange={(_event, value) => setText(value)} aria-label={`Type ${typed} to go on`} />
          </label>
        )}
        <Refused error={error} title={`Not done`} />
      </ModalBody>
      <ModalFooter>
        <Button variant="danger" isLoading={busy} isDisabled={busy || (typed ? text !== typed : false)} onClick={onConfirm}>
          {verb}
        </Button>
        <Button variant="link" onClick={onClose}>
          Cancel
        </Button>
      </ModalFooter>
    </Modal>
  );
}
