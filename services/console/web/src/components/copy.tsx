import CheckIcon from "@patternfly/react-icons/dist/esm/icons/check-icon";
import CopyIcon from "@patternfly/react-icons/dist/esm/icons/copy-icon";
import { useState } from "react";

async function toClipboard(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const field = document.createElement("textarea");
  field.value = text;
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
}

/** Text in small type, shortened if asked, that a click copies. */
export function Copy({ text, label, shorten }: { text: string; label: string; shorten?: number }) {
  const [copied, setCopied] = useState(false);
  const shown = shorten && text.length > shorten ? `${text.slice(0, shorten)}…` : text;
  return (
    <button
      type="button"
      className="q-copy"
      title={text}
      aria-label={`Copy ${label} ${shown}`}
      onClick={() => void toClipboard(text).then(() => setCopied(true))}
      onBlur={() => setCopied(false)}
    >
      <code>{shown}</code> {copied ? <CheckIcon /> : <CopyIcon />}
    </button>
  );
}
