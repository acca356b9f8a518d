// A vitest reporter: leaves what went wrong outside every test, such as the death of a test file's process, where
// `npm test` reads it. Plain JavaScript for Node 20.
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ERRORS_FILE = join(dirname(fileURLToPath(import.meta.url)), '..', 'test-results', 'errors.json')

// biome-ignore lint/style/noDefaultExport: vitest takes a reporter from a file's default
export default class UnhandledErrors {
  onTestRunEnd(_modules, errors) {
    writeFileSync(ERRORS_FILE, JSON.stringify(errors.map(({ message, cause }) => cause?.message ?? message)))
  }
}
