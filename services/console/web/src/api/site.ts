import { useQuery } from "@tanstack/react-query";

import { site } from "./clients";
import { keys } from "./keys";

export const useInfo = () =>
  useQuery({ queryKey: keys.info, queryFn: ({ signal }) => site.getInfo({}, { signal }), staleTime: 60_000 });
