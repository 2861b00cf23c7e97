import { Button, Modal, ModalBody, ModalFooter, ModalHeader, Wizard, WizardFooter, WizardStep, useWizardContext } from "@patternfly/react-core";
import { useEffect, useState, type ReactNode } from "react";
import { useNavigate } from "react-router";

import { Page, type Crumb } from "./page";

export interface Step {
  id: string;
  name: string;
  content: ReactNode;
  /** Why one cannot go on from here. */
  not?: string | undefined;
}

/** Keeps the ids of steps apart from those of fields. */
const PREFIX = "step-";

interface WizardPageProps {
  title: string;
  crumb: Crumb;
  steps: readonly Step[];
  verb: string;
  busy: boolean;
  /** Whether input would be lost. */
  touched: boolean;
  onStep?(id: string): void;
  onCreate(): void;
}

/** A page that is a wizard: steps on the left, the last one reviews what will happen. */
export function WizardPage({ title, crumb, steps, verb, busy, touched, onStep, onCreate }: WizardPageProps) {
  const [asking, setAsking] = useState(false);
  const go = useNavigate();
  const leave = () => void go(crumb.to);
  const close = () => (touched ? setAsking(true) : leave());
  useEffect(() => {
    const escape = (event: KeyboardEvent) => {
      if (event.key === "Escape" && !event.defaultPrevented && !document.querySelector('[role="dialog"]')) close();
    };
    document.addEventListener("keydown", escape);
    return () => document.removeEventListener("keydown", escape);
  });
  return (
    <Page title={title} crumbs={[crumb]}>
      <Wizard navAriaLabel={`Steps of ${title}`} onStepChange={(_event, step) => onStep?.(String(step.id).slice(PREFIX.length))} onClose={close}>
        {steps.map(({ id, name, content, not }, index) => (
          <WizardStep
            key={id}
            id={PREFIX + id}
            name={name}
            isDisabled={steps.slice(0, index).some((each) => each.not)}
            footer={<Foot not={not} last={index === steps.length - 1} {...{ verb, busy, onCreate, close }} first={index === 0} />}
          >
            {content}
          </WizardStep>
        ))}
      </Wizard>
      {asking && (
        <Modal isOpen variant="small" aria-label="Leave the wizard?" onClose={() => setAsking(false)}>
          <ModalHeader title="Leave the wizard?" />
          <ModalBody>What you typed will be lost.</ModalBody>
          <ModalFooter>
            <Button variant="danger" onClick={leave}>
              Leave
            </Button>
            <Button variant="link" onClick={() => setAsking(false)}>
              Stay
            </Button>
          </ModalFooter>
        </Modal>
      )}
    </Page>
  );
}

interface FootProps {
  first: boolean;
  last: boolean;
  not: string | undefined;
  verb: string;
  busy: boolean;
  onCreate(): void;
  close(): void;
}

function Foot({ first, last, not, verb, busy, onCreate, close }: FootProps) {
  return (
    <>
      {not && <p className="q-not">{not}</p>}
      <WizardFooterOf {...{ first, last, not, verb, busy, onCreate, close }} />
    </>
  );
}

function WizardFooterOf({ first, last, not, verb, busy, onCreate, close }: FootProps) {
  const { goToNextStep, goToPrevStep, activeStep } = useWizardContext();
  return (
    <WizardFooter
      activeStep={activeStep}
      onNext={last ? onCreate : goToNextStep}
      onBack={goToPrevStep}
      onClose={close}
      isBackDisabled={first}
      isNextDisabled={not !== undefined || busy}
      nextButtonText={last ? verb : "Next"}
      nextButtonProps={{ isLoading: busy }}
    />
  );
}
