import { EcsSimulation, type Task } from '@tideway/spot-simulator'
import type { Processes } from '../src/tasks/processes'
import type { TaskProgram } from '../src/tasks/program'
import { maxProcessTasks, ProgramSwitch } from '../src/tasks/program-switch'

function setUp(desiredCount = 1, failure?: string) {
  const log: string[] = []
  const listeners: (() => void)[] = []
  const program = (kind: string): TaskProgram => ({
    handle: () => ({ kind: 'reset' }),
    signal: (name) => log.push(`${kind} ${name}`),
    retire: () => log.push(`${kind} retires`),
  })
  const standIn = program('stand-in')
  const process: TaskProgram = {
    ...program('process'),
    failure: Promise.resolve(failure),
    listening: () => new Promise((resolve) => listeners.push(resolve)),
  }
  const programs: { switch?: ProgramSwitch } = {}
  const aws = new EcsSimulation({
    seed: 1,
    startsTask: (task) => programs.switch?.start(task).failure,
  })
  const own = new ProgramSwitch(aws, { start: () => standIn })
  programs.switch = own
  const web = aws.createService({ name: 'web', desiredCount, startsSteady: true })
  own.allow({ start: () => process } as unknown as Processes)
  const listen = async () => {
    await new Promise(setImmediate)
    for (const resolve of listeners.splice(0)) resolve()
    await new Promise(setImmediate)
  }
  const task = [...web.tasks][0] as Task
  return { aws, web, task, own, log, listen, standIn, process }
}

describe('the programs of tasks', () => {
  it('become processes at the speed of the wall clock, once these listen', async () => {
    const { task, own, log, listen, standIn, process } = setUp()
    expect(own.kind).toBe('stand-ins')
    own.setSpeed(1)
    expect(own.kind).toBe('processes')
    expect(own.programOf(task)).toBe(standIn)
    expect(log).toEqual([])
    await listen()
    expect(own.programOf(task)).toBe(process)
    expect(log).toEqual(['stand-in retires'])
  })

  it('become stand-ins at once when the clock runs faster', async () => {
    const { task, own, log, listen, standIn } = setUp()
    own.setSpeed(1)
    await listen()
    own.setSpeed(60)
    expect(own.programOf(task)).toBe(standIn)
    expect(log).toEqual(['stand-in retires', 'process retires'])
    expect(own.reason).toBe('the clock runs 60 times faster')
  })

  it('stay stand-ins if the clock has changed again before the processes listen', async () => {
    const { task, own, log, listen, standIn } = setUp()
    own.setSpeed(1)
    await new Promise(setImmediate)
    own.setSpeed(60)
    await listen()
    expect(own.programOf(task)).toBe(standIn)
    expect(log).toContain('process retires')
  })

  it('pass SIGTERM on to the program that takes their place', async () => {
    const { aws, task, own, log, listen } = setUp()
    aws.interruptTask(task)
    own.setSpeed(1)
    await listen()
    expect(log).toEqual(['stand-in SIGTERM', 'process SIGTERM', 'stand-in retires'])
  })

  it('end the task if its process cannot start', async () => {
    const { task, own, listen } = setUp(1, 'ResourceInitializationError')
    own.setSpeed(1)
    await listen()
    expect(task).toMatchObject({ exitCode: 1, isReleased: true })
  })

  it('are stand-ins while there are too many tasks for processes', async () => {
    const { aws, web, own } = setUp(2)
    own.setSpeed(1)
    aws.setDesiredCount(web, maxProcessTasks + 1)
    await aws.run(120)
    expect(own.kind).toBe('stand-ins')
    expect(own.reason).toBe('there are more than 30 tasks: processes run up to 36')
    aws.setDesiredCount(web, 2)
    await aws.run(300)
    expect(own.kind).toBe('processes')
  })
})
