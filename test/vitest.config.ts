import { defineConfig } from 'vitest/config'

export default defineConfig({
  root: new URL('../', import.meta.url).pathname,
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/system-packages.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Real servers and child processes run beside the tests; more files at once only add noise.
    maxWorkers: 2,
  },
})
