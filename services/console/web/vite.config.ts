import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// The door that the development server passes calls on to.
const door = "http://127.0.0.1:8080";

export default defineConfig({
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
    proxy: { "^/(api|quantix\\.)": { target: door, changeOrigin: false } },
  },
});
