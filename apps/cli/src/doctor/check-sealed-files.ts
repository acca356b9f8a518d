import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { toHoldfastError } from '@holdfast/domain'
import { configKeyFile, NEXT_FOR_KEY_FILE } from '@holdfast/host'
import { ConfigError, isSealedConfig, openConfig } from '@holdfast/sealed-config'
import { ownConfigKey, readIfThere } from '../own-config-key.ts'
import type { Settings } from '../settings.ts'
import { type Finding, ok, problem } from './finding.ts'

const SEALED_FILES = ['secrets.conf', 'rclone.conf', 'agents.conf']

/** Whether the key is there and opens what it sealed. Nothing of either is in a finding. */
export async function checkSealedFiles(settings: Settings): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const name of SEALED_FILES) {
    const found = await checkSealedFile(join(settings.home, name), name, settings)
    if (found !== undefined) findings.push(found)
  }
  if (findings.length === 0) return [ok('key', 'Nothing is sealed yet.')]
  if (findings.some(({ state }) => state === 'problem')) return findings
  const where = existsSync(configKeyFile(settings.home)) ? 'in config.key' : 'outside of the home'
  return [ok('key', `The key lies ${where} and opens ${findings.length} sealed files.`)]
}

async function checkSealedFile(file: string, name: string, settings: Settings): Promise<Finding | undefined> {
  const check = `sealed-${name}`
  try {
    const bytes = await readIfThere(file)
    if (bytes === undefined) return undefined
    if (!isSealedConfig(bytes))
      return problem(
        check,
        `${file} is not sealed: whoever reads it has what stands in it.`,
        'Move it away; the agent seals what it knows again. `holdfast config seal` seals a file by hand.',
      )
    const key = await ownConfigKey(file, settings)
    if (key === undefined) return problem(check, `The key that opens ${file} is gone.`, NEXT_FOR_KEY_FILE)
    openConfig(bytes, key)
    return ok(check, `${name} opens.`)
  } catch (error) {
    if (error instanceof ConfigError)
      return problem(
        check,
        `${file} does not open with the key of this home: it or the key is damaged.`,
        NEXT_FOR_KEY_FILE,
      )
    const { message, next } = toHoldfastError(error)
    return problem(check, message, next)
  }
}
