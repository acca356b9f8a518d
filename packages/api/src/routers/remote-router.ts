import { z } from 'zod'
import { owner, router } from '../procedures.ts'

const Name = z.string().min(1).max(64)
const Id = z.object({ id: z.string().min(1).max(64) })
const Path = z
  .string()
  .max(4096)
  .regex(/^[^\0\r\n]*$/, 'A path on the remote.')
const Place = z.object({ remote: Name, path: Path })
const Values = z.record(z.string().max(64), z.string().max(20_000))

const Request = z.object({
  name: z.string().trim().max(64),
  type: Name,
  values: Values,
  change: z.object({ cleared: z.array(z.string().max(64)).max(200), signInAgain: z.boolean() }).optional(),
  replaces: z.string().max(64).optional(),
})

/** Remotes: the kinds there are, making one in a conversation, signing in, trying, changing, removing. */
export const remoteRouter = router({
  providers: owner
    .input(z.object({ search: z.string().max(100).default('') }))
    .query(({ ctx, input }) => ctx.ports.remotes.providers(input.search)),
  provider: owner
    .input(z.object({ id: Name }))
    .query(({ ctx, input }) => ctx.ports.remotes.provider(input.id)),
  list: owner.query(({ ctx }) => ctx.ports.remotes.list()),
  details: owner
    .input(z.object({ name: Name }))
    .query(({ ctx, input }) => ctx.ports.remotes.details(input.name)),
  start: owner.input(Request).mutation(({ ctx, input }) => ctx.ports.remotes.start(input, ctx.actor)),
  conversation: owner.input(Id).query(({ ctx, input }) => ctx.ports.remotes.conversation(input.id)),
  answer: owner
    .input(Id.extend({ text: z.string().max(20_000) }))
    .mutation(({ ctx, input }) => ctx.ports.remotes.answer(input.id, input.text)),
  save: owner
    .input(Id.extend({ force: z.boolean() }))
    .mutation(({ ctx, input }) => ctx.ports.remotes.save(input.id, input.force)),
  cancel: owner.input(Id).mutation(({ ctx, input }) => ctx.ports.remotes.cancel(input.id)),
  signIn: router({
    start: owner.input(Id).mutation(({ ctx, input }) => ctx.ports.remotes.startSignIn(input.id)),
    cancel: owner.input(Id).mutation(({ ctx, input }) => ctx.ports.remotes.cancelSignIn(input.id)),
    paste: owner
      .input(Id.extend({ text: z.string().min(1, 'Paste what was printed there.').max(20_000) }))
      .mutation(({ ctx, input }) => ctx.ports.remotes.pasteSignIn(input.id, input.text)),
  }),
  folders: owner
    .input(Place)
    .query(({ ctx, input }) => ctx.ports.remotes.folders(input.remote, input.path, ctx.actor)),
  makeFolder: owner
    .input(Place)
    .mutation(({ ctx, input }) => ctx.ports.remotes.makeFolder(input.remote, input.path, ctx.actor)),
  test: owner
    .input(Place)
    .mutation(({ ctx, input }) => ctx.ports.remotes.test(input.remote, input.path, ctx.actor)),
  remove: owner
    .meta({ stepUp: 'always' })
    .input(z.object({ name: Name }))
    .mutation(({ ctx, input }) => ctx.ports.remotes.remove(input.name, ctx.actor)),
})
