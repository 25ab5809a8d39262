// What Lambda is to a function: imports its handler, hands it one event at a time, and has its clock.
// The clock stands where the simulator's stands when an event comes, and goes on as fast as the wall's.
const { existsSync } = require('node:fs')
const { join } = require('node:path')

const RealDate = Date
let ahead = Number.NEGATIVE_INFINITY

/** Never back: what the function has seen of time, it has seen. */
function setClock(now) {
  ahead = Math.max(now - RealDate.now(), ahead)
}

class FunctionDate extends RealDate {
  constructor(...parts) {
    if (parts.length === 0) super(FunctionDate.now())
    else super(...parts)
  }

  static now() {
    return RealDate.now() + (Number.isFinite(ahead) ? ahead : 0)
  }
}
globalThis.Date = FunctionDate

async function handlerOf(reference) {
  const dot = reference.lastIndexOf('.')
  const [file, name] = [reference.slice(0, dot), reference.slice(dot + 1)]
  const found = ['.mjs', '.js', '.cjs']
    .map((end) => join(process.cwd(), `${file}${end}`))
    .find(existsSync)
  if (found === undefined) throw new Error(`the zip has no ${file}.mjs, .js or .cjs`)
  const handler = (await import(found))[name]
  if (typeof handler !== 'function') throw new Error(`${file} exports no function ${name}`)
  return handler
}

let loading
process.once('disconnect', () => process.exit())
process.on('message', async ({ event, now }) => {
  setClock(now)
  try {
    loading ??= handlerOf(process.env._HANDLER)
    const handler = await loading
    process.send({ answer: (await handler(event)) ?? null })
  } catch (error) {
    process.send({
      error: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    })
  }
})
