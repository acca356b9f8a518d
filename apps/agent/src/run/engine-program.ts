import { createSourceTree, installedProgram } from '@holdfast/host'
import { putProgram } from '@holdfast/vault'
import type { EngineEvent, EngineOrder } from './engine-messages.ts'
import { openOrderedVault } from './engine-vault.ts'

type ProgramOrder = Extract<EngineOrder, { kind: 'program' }>

/** Stores the program that runs here in the vault, with its Node and rclone. */
export async function* keepProgram(order: ProgramOrder, signal: AbortSignal): AsyncGenerator<EngineEvent> {
  const { access, root, version, rclone } = order
  const { vault, env } = await openOrderedVault(access, signal)
  const request = {
    program: {
      ...{ version, platform: process.platform, arch: process.arch },
      ...{ node: process.versions.node, rclone: rclone.version },
    },
    entries: installedProgram(root, rclone.binary),
  }
  const { program } = await putProgram(vault, request, { ...env, source: createSourceTree() })
  yield { type: 'program-kept', set: program.set, bytes: program.bytes }
}
