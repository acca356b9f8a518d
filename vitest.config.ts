import { defineConfig } from 'vitest/config'

// Child processes, because tests start rclone, signal themselves and change the umask; two, because that many cores
// are promised.
const shared = { pool: 'forks', restoreMocks: true, hookTimeout: 120_000 } as const

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        test: {
          ...shared,
          name: 'unit',
          include: ['{packages,apps}/*/**/*.test.{ts,tsx}', 'scripts/**/*.test.{ts,mjs}'],
          exclude: ['**/node_modules/**', '**/out/**', '**/.next/**', '**/*.e2e.test.ts'],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          ...shared,
          name: 'e2e',
          include: ['apps/*/e2e/**/*.e2e.test.ts'],
          testTimeout: 180_000,
          // One browser and one agent at a time: what they show depends on nothing else that runs.
          fileParallelism: false,
        },
      },
    ],
  },
})
