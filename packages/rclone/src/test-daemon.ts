import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { createTemporaryFolder } from '@holdfast/testkit'
import type { Random } from '@holdfast/vault/ports'
import { type RcloneDaemon, type RcloneDaemonOptions, startRcloneDaemon } from './daemon.ts'
import { findRclone } from './find-rclone.ts'

export const testRandom: Random = { bytes: (length) => new Uint8Array(randomBytes(length)) }

export type TestDaemon = AsyncDisposable & { readonly daemon: RcloneDaemon; readonly folder: string }

/** The rclone of this machine, running with a folder of its own for state, configuration and spool. */
export async function startTestDaemon(options: Partial<RcloneDaemonOptions> = {}): Promise<TestDaemon> {
  const { binary } = await findRclone(process.env.PATH ?? '')
  const folder = await createTemporaryFolder()
  const state = { configFile: join(folder.path, 'rclone.conf'), stateDir: join(folder.path, 'state') }
  try {
    const daemon = await startRcloneDaemon({ binary, ...state, ...options })
    return {
      daemon,
      folder: folder.path,
      [Symbol.asyncDispose]: async () => {
        await daemon[Symbol.asyncDispose]()
        await folder[Symbol.asyncDispose]()
      },
    }
  } catch (error) {
    await folder[Symbol.asyncDispose]()
    throw error
  }
}
