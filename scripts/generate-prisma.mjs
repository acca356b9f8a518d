// Writes packages/history/src/generated from prisma/schema.prisma. Offline, and skipped when nothing changed.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const schema = join(root, 'prisma/schema.prisma')
const generated = join(root, 'packages/history/src/generated')
const stamp = join(generated, '.schema-hash')

const packageFile = createRequire(import.meta.url).resolve('prisma/package.json')
const prisma = JSON.parse(readFileSync(packageFile, 'utf8'))
const hash = createHash('sha256')
  .update(prisma.version)
  .update('\0')
  .update(readFileSync(schema))
  .digest('hex')

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== hash) {
  const ran = spawnSync(
    process.execPath,
    [join(dirname(packageFile), prisma.bin.prisma), 'generate', '--schema', schema, '--no-hints'],
    {
      cwd: root,
      encoding: 'utf8',
      env: {
        ...process.env,
        // Generating needs no schema engine, but Prisma downloads one unless it is shown an existing file.
        PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
        PRISMA_HIDE_UPDATE_MESSAGE: '1',
        CHECKPOINT_DISABLE: '1',
      },
    },
  )
  if (ran.status !== 0) {
    process.stderr.write(`Could not generate the database client.\n${ran.stdout ?? ''}${ran.stderr ?? ''}`)
    process.exit(1)
  }
  writeFileSync(stamp, hash)
}
