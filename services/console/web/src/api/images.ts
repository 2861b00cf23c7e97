import { useMutation } from "@tanstack/react-query";

import type { Image } from "../gen/quantix/image/v1/image_pb";
import { images } from "./clients";
import { keys } from "./keys";
import { useLive, type LiveNoun } from "./live";
import { newRequestId } from "./request-id";
import { becomesOld } from "./stale";

const live: LiveNoun<Image> = {
  noun: "images",
  needs: "image.read",
  news(client, batch) {
    if (batch.some(({ item }) => item)) becomesOld(client, keys.imageFolders);
    if (batch.some(({ item }) => item?.operation)) becomesOld(client, keys.operations);
  },
};

export const useImages = () => useLive(live);

export const useDeleteImage = () =>
  useMutation({
    mutationFn: ({ name, etag }: Image) => images.deleteImage({ name, etag, requestId: newRequestId() }),
  });
