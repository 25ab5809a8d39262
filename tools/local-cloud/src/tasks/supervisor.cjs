// Runs the programs of tasks, and ends all of them when its parent ends. One process for all, so that a task costs no more
// than its program. Each program has its own process group.
const { spawn } = require('node:child_process')
const { constants } = require('node:os')
const { createInterface } = require('node:readline')

const running = new Map()
const linesPerSecond = 500

process.on('message', ({ kind, id, command, env, cwd, signal }) => {
  if (kind === 'start') start(id, command, { env, cwd })
  else end(running.get(id), signal)
})

// The parent has ended, even if it was killed.
process.on('disconnect', () => {
  for (const child of running.values()) end(child, 'SIGKILL')
  process.exit()
})
// Ctrl-C is for the parent, which ends everything in order.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {})

function start(id, [file, ...args], options) {
  const child = spawn(file, args, {
    ...options,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  running.set(id, child)
  send({ kind: 'pid', id, pid: child.pid })
  const log = limited((line) => send({ kind: 'line', id, line }))
  for (const output of [child.stdout, child.stderr]) {
    createInterface({ input: output }).on('line', log)
  }
  child.on('error', (error) => ended(id, 127, error.message))
  // What the program has started ends with it, as in a container.
  child.on('exit', () => end(child, 'SIGKILL'))
  // After its last line.
  child.on('close', (code, signal) => ended(id, code ?? 128 + constants.signals[signal]))
}

/** As a log driver that does not block its program: a flood of lines is lost. */
function limited(write) {
  let second = 0
  let lines = 0
  return (line) => {
    const now = Math.floor(Date.now() / 1000)
    if (now !== second) lines = 0
    second = now
    if (++lines <= linesPerSecond) write(line)
    if (lines === linesPerSecond) write('(lines of this second are lost)')
  }
}

function ended(id, code, message) {
  if (running.delete(id)) send({ kind: 'exit', id, code, message })
}

/** SIGTERM goes to the program, which decides about its children. SIGKILL goes to all of them. */
function end(child, signal) {
  if (child?.pid === undefined) return
  try {
    if (signal === 'SIGKILL') process.kill(-child.pid, signal)
    else child.kill(signal)
  } catch {
    // It has ended.
  }
}

function send(message) {
  // The parent may end at any time: `disconnect` follows.
  if (process.connected) process.send(message, () => {})
}
