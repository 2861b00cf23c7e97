import react from "@vitejs/plugin-react";
import { defineConfig, loadEnv } from "vite";

/** The door that the development server passes calls on to; it sees the server's own address as the origin. */
const doorOf = (mode: string): string => loadEnv(mode, ".", "DOOR").DOOR ?? "http://127.0.0.1:8080";

export default defineConfig(({ mode }) => ({
  plugins: [react()],
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1_600,
    // The API's own page stands apart: nothing of it is loaded with the console.
    rolldownOptions: { input: ["index.html", "api.html"] },
  },
  server: {
    port: 5173,
    strictPort: true,
    proxy: { "^/(api|quantix\\.)": { target: doorOf(mode), changeOrigin: false } },
  },
}));
