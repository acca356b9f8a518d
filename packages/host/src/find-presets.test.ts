import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { expect, it } from 'vitest'
import { findPresets, type PresetPlaces } from './find-presets.ts'
import { tempDir } from './temp-dir.ts'

function machine() {
  const dir = tempDir()
  const home = `${dir.path}/ada`
  const make = (path: string) => mkdirSync(`${home}/${path}`, { recursive: true })
  const write = (path: string, text = '') => {
    mkdirSync(dirname(`${home}/${path}`), { recursive: true })
    writeFileSync(`${home}/${path}`, text)
  }
  mkdirSync(home)
  /** What was found below the home; the machine's own folders are as they are. */
  const find = async (over: Partial<PresetPlaces> = {}) => {
    const places = { platform: 'linux', home, holdfastHome: `${home}/hold`, variables: {}, isRoot: false }
    const found = await findPresets({ ...places, ...over })
    return found.flatMap(({ id, ticked, paths }) => {
      const mine = paths.filter(({ path }) => path.startsWith(dir.path))
      return mine.map(({ path, readable }) => ({ id, ticked, path: path.slice(home.length + 1), readable }))
    })
  }
  return Object.assign(dir, { home, make, write, find })
}

it('finds what is there, folders and files, and nothing on an empty machine', async () => {
  using ada = machine()
  expect(await ada.find()).toEqual([])
  ada.make('Documents')
  ada.make('.ssh')
  ada.make('.config/systemd/user')
  ada.make('hold/bootstraps')
  ada.make('bin')
  ada.make('Downloads')
  ada.write('.bashrc')
  const all = { ticked: true, readable: true }
  expect(await ada.find()).toEqual([
    { id: 'documents', path: 'Documents', ...all },
    { id: 'downloads', path: 'Downloads', ...all, ticked: false },
    { id: 'ssh', path: '.ssh', ...all },
    { id: 'dotfiles', path: '.bashrc', ...all },
    { id: 'app-settings', path: '.config', ...all },
    { id: 'lists', path: 'hold/bootstraps', ...all },
    { id: 'own-services', path: '.config/systemd/user', ...all },
    { id: 'own-programs', path: 'bin', ...all },
  ])
})

it("knows the user's folders by the names that the desktop gave them, and where XDG puts the rest", async () => {
  using ada = machine()
  ada.make('Dokumente')
  ada.make('Documents')
  ada.make('settings')
  const names = [
    '# written by the desktop',
    'XDG_DOCUMENTS_DIR="$HOME/Dokumente"',
    'XDG_DESKTOP_DIR="$HOME/"',
  ]
  ada.write('settings/user-dirs.dirs', `${names.join('\n')}\n`)
  const found = await ada.find({ variables: { XDG_CONFIG_HOME: `${ada.home}/settings` } })
  expect(found.map(({ id, path }) => [id, path])).toEqual([
    ['documents', 'Dokumente'],
    ['app-settings', 'settings'],
  ])
})

it('follows a link to where the files are, names one place once, and leaves a broken link alone', async () => {
  using ada = machine()
  ada.make('disk/Papers')
  symlinkSync('disk/Papers', `${ada.home}/Documents`)
  symlinkSync('disk/Papers', `${ada.home}/Pictures`)
  symlinkSync('nowhere', `${ada.home}/Music`)
  expect((await ada.find()).map(({ id, path }) => [id, path])).toEqual([['documents', 'disk/Papers']])
})

it('ticks what only root may read for root alone, and knows no presets of a system it was not told of', async () => {
  const ticked = async (isRoot: boolean) => {
    using ada = machine()
    const places = { platform: 'linux', home: ada.home, holdfastHome: ada.home, variables: {}, isRoot }
    return (await findPresets(places)).find(({ id }) => id === 'system-settings')?.ticked
  }
  expect([await ticked(true), await ticked(false)]).toEqual([true, false])
  using ada = machine()
  ada.make('Documents')
  expect(await ada.find({ platform: 'plan9' })).toEqual([])
})
