import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import type { ImageFolder } from "../gen/quantix/image/v1/image_folder_pb";
import { imageFolders, images } from "./clients";
import { keys } from "./keys";
import { newRequestId } from "./request-id";

/** All folders by their paths; asked again when an event tells of one. */
export const useImageFolders = () =>
  useQuery({
    queryKey: keys.imageFolders,
    queryFn: async ({ signal }) => {
      const { imageFolders: found } = await imageFolders.listImageFolders({ pageSize: 1000 }, { signal });
      return found.toSorted((a, b) => a.path.localeCompare(b.path, "en", { numeric: true }));
    },
  });

function useFolderVerb<T>(call: (given: T) => Promise<unknown>) {
  const client = useQueryClient();
  return useMutation({ mutationFn: call, onSuccess: () => client.invalidateQueries({ queryKey: keys.imageFolders }) });
}

export const useCreateImageFolder = () =>
  useFolderVerb(({ displayName, parent }: { displayName: string; parent: string }) =>
    imageFolders.createImageFolder({ imageFolder: { displayName, parent }, requestId: newRequestId() }),
  );

export const useRenameImageFolder = () =>
  useFolderVerb(({ name, etag, displayName }: { name: string; etag: string; displayName: string }) =>
    imageFolders.updateImageFolder({
      imageFolder: { name, etag, displayName },
      updateMask: { paths: ["display_name"] },
      requestId: newRequestId(),
    }),
  );

export const useMoveImageFolder = () =>
  useFolderVerb(({ name, etag, parent }: { name: string; etag: string; parent: string }) =>
    imageFolders.moveImageFolder({ name, etag, parent, requestId: newRequestId() }),
  );

/** @param moveTo where its images and folders go; `/` is the top. */
export const useDeleteImageFolder = () =>
  useFolderVerb(({ folder: { name, etag }, moveTo }: { folder: ImageFolder; moveTo: string }) =>
    imageFolders.deleteImageFolder({ name, etag, moveTo, requestId: newRequestId() }),
  );

export const useMoveImage = () =>
  useFolderVerb(({ name, etag, folder }: { name: string; etag: string; folder: string }) =>
    images.moveImage({ name, etag, folder, requestId: newRequestId() }),
  );
