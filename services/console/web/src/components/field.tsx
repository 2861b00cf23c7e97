import {
  FormGroup,
  FormHelperText,
  FormSelect,
  FormSelectOption,
  HelperText,
  HelperTextItem,
  Switch,
  TextInput,
} from "@patternfly/react-core";

interface TextFieldProps {
  id: string;
  label: string;
  value: string;
  onChange(value: string): void;
  help?: string | undefined;
  /** Why the value will not do. */
  problem?: string | undefined;
  required?: boolean;
  type?: "text" | "password" | "number";
  placeholder?: string;
  autoComplete?: string;
}

export function TextField({ id, label, value, onChange, help, problem, required = false, ...rest }: TextFieldProps) {
  return (
    <FormGroup label={label} fieldId={id} isRequired={required}>
      <TextInput
        id={id}
        value={value}
        isRequired={required}
        validated={problem ? "error" : "default"}
        aria-describedby={`${id}-help`}
        onChange={(_event, next) => onChange(next)}
        {...rest}
      />
      <Help id={id} help={help} problem={problem} />
    </FormGroup>
  );
}

function Help({ id, help, problem }: { id: string; help?: string | undefined; problem?: string | undefined }) {
  return (
    <FormHelperText>
      <HelperText id={`${id}-help`}>
        <HelperTextItem variant={problem ? "error" : "default"}>{problem ?? help ?? ""}</HelperTextItem>
      </HelperText>
    </FormHelperText>
  );
}

interface NumberFieldProps {
  id: string;
  label: string;
  value: number;
  least: number;
  most: number;
  unit?: string;
  help?: string;
  onChange(value: number): void;
}

export function NumberField({ id, label, value, least, most, unit, help, onChange }: NumberFieldProps) {
  const bad = Number.isNaN(value) || value < least || value > most;
  const range = `${least} to ${most}${unit ? ` ${unit}` : ""}`;
  return (
    <TextField
      id={id}
      label={unit ? `${label} (${unit})` : label}
      type="number"
      value={Number.isNaN(value) ? "" : String(value)}
      help={help ? `${help} ${range}.` : range}
      problem={bad ? `Must be ${range}.` : undefined}
      onChange={(text) => onChange(text === "" ? Number.NaN : Number(text))}
    />
  );
}

interface ChoiceFieldProps {
  id: string;
  label: string;
  value: string | number;
  options: ReadonlyArray<readonly [value: string | number, text: string]>;
  help?: string | undefined;
  onChange(value: string): void;
}

export function ChoiceField({ id, label, value, options, help, onChange }: ChoiceFieldProps) {
  return (
    <FormGroup label={label} fieldId={id}>
      <FormSelect id={id} value={value} onChange={(_event, next) => onChange(next)} aria-describedby={`${id}-help`}>
        {options.map(([each, text]) => (
          <FormSelectOption key={each} value={each} label={text} />
        ))}
      </FormSelect>
      <Help id={id} help={help} />
    </FormGroup>
  );
}

interface SwitchFieldProps {
  id: string;
  label: string;
  value: boolean;
  help?: string;
  onChange(value: boolean): void;
}

export function SwitchField({ id, label, value, help, onChange }: SwitchFieldProps) {
  return (
    <FormGroup fieldId={id}>
      <Switch id={id} label={label} isChecked={value} onChange={(_event, next) => onChange(next)} />
      <Help id={id} help={help} />
    </FormGroup>
  );
}
