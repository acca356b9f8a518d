import { describe, expect, test } from 'vitest'
import { BOOTSTRAP_LISTS, PLATFORMS, PRESET_GROUPS, PRESETS } from './presets.ts'

const paths = PRESETS.flatMap(({ id, paths }) =>
  PLATFORMS.flatMap((platform) => (paths[platform] ?? []).map((path) => ({ id, platform, path }))),
)

describe('presets', () => {
  test('have an id and a name of their own and stand in the order of their groups', () => {
    for (const values of [PRESETS.map(({ id }) => id), PRESETS.map(({ name }) => name)])
      expect(new Set(values).size).toBe(values.length)
    const order = PRESETS.map(({ group }) => PRESET_GROUPS.indexOf(group))
    expect(order).toEqual([...order].sort((a, b) => a - b))
    expect(new Set(order).size).toBe(PRESET_GROUPS.length)
  })

  test('say why in a sentence', () => {
    for (const { why } of PRESETS) expect(why).toMatch(/^[A-Z].*\.$/)
  })

  test('name no path twice on one system, so that nothing is counted twice', () => {
    const all = paths.map(({ platform, path }) => `${platform} ${path}`)
    expect(new Set(all).size).toBe(all.length)
  })

  test.each(paths)(
    '$id on $platform has an absolute path or one with a place that is known: $path',
    (one) => {
      const known =
        one.platform === 'win32'
          ? /^%[A-Za-z]+%(\\[^/]+)*$/
          : /^(~|\$(XDG_[A-Z]+_(DIR|HOME)|HOLDFAST_HOME)|)(\/[^\\]+)*$/
      expect(one.path).toMatch(known)
      expect(one.path).not.toBe('')
    },
  )

  test('are ticked with all four parts of an application on every unix', () => {
    for (const platform of ['linux', 'darwin'] as const) {
      const ticked = PRESETS.filter(
        (preset) => preset.ticked === 'yes' && preset.paths[platform] !== undefined,
      )
      expect(new Set(ticked.map(({ group }) => group))).toEqual(
        new Set(['files', 'profiles', 'keys', 'app-config', 'app-data', 'app-bootstraps', 'app-binaries']),
      )
    }
  })

  test('lists have a file each, by a name that is one on every system', () => {
    const files = BOOTSTRAP_LISTS.map(({ file }) => file)
    expect(new Set(files).size).toBe(files.length)
    for (const file of files) expect(file).toMatch(/^[A-Za-z-]+(\.txt)?$/)
  })
})
