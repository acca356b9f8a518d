'use client'

import { formatBytes } from '@holdfast/domain'
import { type ReactNode, useId } from 'react'
import { Card } from '#web/parts/card.tsx'
import { Checkbox } from '#web/parts/checkbox.tsx'
import type { FoundPreset } from '#web/trpc/types.ts'
import { countOf } from '#web/words/locale.ts'
import { holderOf, isThere, isTicked, totalOf, type What, type WhatAction } from './what.ts'

type Group = FoundPreset['group']
type Props = { readonly what: What; readonly act: (action: WhatAction) => void }

/** Headings of the list; an application's four parts stand under one. */
const SECTIONS: readonly {
  readonly title: string
  readonly note?: string
  readonly groups: readonly Group[]
}[] = [
  { title: 'Your files', groups: ['files'] },
  { title: 'Mail and browsers', groups: ['profiles'] },
  { title: 'Keys and passwords', groups: ['keys'] },
  {
    title: 'Applications',
    note: 'An application comes back whole from four parts: its config, its data, what bootstraps it, and its binaries.',
    groups: ['app-config', 'app-data', 'app-bootstraps', 'app-binaries'],
  },
  { title: 'Databases', groups: ['databases'] },
]

const PARTS: Partial<Readonly<Record<Group, string>>> = {
  'app-config': 'Config',
  'app-data': 'Data',
  'app-bootstraps': 'Bootstraps',
  'app-binaries': 'Binaries',
}

/** The presets of the machine, grouped, with what each holds as it is counted. */
export function PresetGroups({ what, act }: Props) {
  return SECTIONS.map(({ title, note, groups }) => {
    const presets = (what.presets ?? []).filter(({ group }) => groups.includes(group))
    if (presets.length === 0) return null
    return (
      <Section key={title} title={title} note={note} presets={presets} what={what} act={act}>
        {presets.map((preset) => (
          <PresetRow key={preset.id} preset={preset} what={what} act={act} />
        ))}
      </Section>
    )
  })
}

function Section(
  props: Props & {
    readonly title: string
    readonly note: string | undefined
    readonly presets: readonly FoundPreset[]
    readonly children: ReactNode
  },
) {
  const { title, note, presets, what, act } = props
  const ticked = presets.filter((preset) => isTicked(what, preset)).length
  const state = ticked === 0 ? false : ticked === presets.length ? true : 'indeterminate'
  return (
    <fieldset className="min-w-0">
      <legend className="sr-only">{title}</legend>
      <Card className="p-1.5">
        <div className="flex items-start gap-1">
          <Checkbox
            aria-label={`All of ${title}`}
            checked={state}
            onCheckedChange={() =>
              act({ type: 'tick-presets', ids: presets.map(({ id }) => id), on: state !== true })
            }
          />
          <div className="min-w-0 grow py-2.5 pr-2">
            <h2>{title}</h2>
            {note !== undefined && <p className="note mt-0.5">{note}</p>}
          </div>
        </div>
        <div className="divide-y divide-line border-line border-t">{props.children}</div>
      </Card>
    </fieldset>
  )
}

function PresetRow({ preset, what, act }: Props & { readonly preset: FoundPreset }) {
  const { id, name, why, paths } = preset
  const readable = paths.some((path) => isThere(what, path))
  return (
    <Row
      name={name}
      tag={PARTS[preset.group]}
      note={why}
      paths={paths}
      what={what}
      ticked={isTicked(what, preset)}
      disabled={!readable}
      onTick={(on) => act({ type: 'tick-presets', ids: [id], on })}
    />
  )
}

/** Folders that a person added. */
export function FolderRows({ what, act }: Props) {
  return what.folders.map(({ path, ticked }) => (
    <Card key={path} className="p-1.5">
      <Row
        name={path.split('/').at(-1) || path}
        paths={[{ path, readable: true }]}
        what={what}
        ticked={ticked}
        disabled={false}
        onTick={(on) => act({ type: 'tick-folder', path, on })}
      />
    </Card>
  ))
}

function Row(props: {
  readonly name: string
  readonly tag?: string | undefined
  readonly note?: string
  readonly paths: FoundPreset['paths']
  readonly what: What
  readonly ticked: boolean
  readonly disabled: boolean
  readonly onTick: (on: boolean) => void
}) {
  const { name, tag, note, paths, what } = props
  const id = useId()
  const shown = paths.slice(0, 3).map(({ path }) => path)
  return (
    <div className="flex items-start gap-1 py-1">
      <Checkbox
        id={id}
        checked={props.ticked}
        disabled={props.disabled}
        onCheckedChange={(on) => props.onTick(on === true)}
      />
      <label
        htmlFor={id}
        className="flex min-h-11 min-w-0 grow cursor-pointer flex-wrap items-start justify-end gap-x-3 py-2 pr-2"
      >
        <span className="min-w-[8rem] grow basis-0">
          <span className="block font-semibold leading-snug">
            {name}
            {tag !== undefined && <span className="caption ml-2 inline-block font-normal">{tag}</span>}
          </span>
          {note !== undefined && <span className="note mt-0.5 block">{note}</span>}
          <span className="caption mt-0.5 block break-words font-mono text-[12.5px]">
            {shown.join(', ')}
            {paths.length > shown.length && ` and ${paths.length - shown.length} more`}
          </span>
          <Troubles what={what} paths={paths} />
        </span>
        <Size what={what} paths={paths} />
      </label>
    </div>
  )
}

function Size({ what, paths }: { readonly what: What; readonly paths: FoundPreset['paths'] }) {
  const there = paths.filter((path) => isThere(what, path)).map(({ path }) => path)
  const total = totalOf(what, there)
  if (there.length === 0) return null
  if (total === undefined) return <span className="caption shrink-0">to be counted</span>
  return (
    <span className="num shrink-0 text-right text-[15px] leading-snug">
      {formatBytes(total.bytes)}
      {!total.done && '…'}
      <span className="caption block">{countOf(total.files, 'file')}</span>
    </span>
  )
}

/** What is wrong with some of the places, by name. */
function Troubles({ what, paths }: { readonly what: What; readonly paths: FoundPreset['paths'] }) {
  const lines = paths.flatMap(({ path, readable }) => {
    const count = what.counts[path]
    const holder = holderOf(what, path)
    return [
      ...(!readable ? [`${path} may not be read by Holdfast.`] : []),
      ...(count?.problem === 'vanished' ? [`${path} is gone now.`] : []),
      ...(count != null && count.problem !== null && count.problem !== 'vanished'
        ? [`${path} can’t be read: ${count.problem}.`]
        : []),
      ...(count !== undefined && count.unreadable > 0 && count.problem === null
        ? [
            `${countOf(count.unreadable, 'thing')} in it may not be read, such as ${count.examples[0] ?? path}.`,
          ]
        : []),
      ...(holder !== undefined ? [`${holder} holds it already.`] : []),
    ]
  })
  return lines.map((line) => (
    <span key={line} className="mt-0.5 block text-[13.5px] text-risk">
      {line}
    </span>
  ))
}
