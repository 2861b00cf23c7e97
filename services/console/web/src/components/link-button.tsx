import { Link } from "react-router";

/** A verb that leads to a page of its own. */
export function LinkButton({ to, children }: { to: string; children: string }) {
  return (
    <Link className="pf-v6-c-button pf-m-primary" to={to}>
      <span className="pf-v6-c-button__text">{children}</span>
    </Link>
  );
}
