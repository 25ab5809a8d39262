import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TaskDefinition } from '@aws-sdk/client-ecs'
import type { Task } from '@tideway/spot-simulator'
import { ProcessTask } from './process-task'
import type { TaskProgram, TaskPrograms } from './program'
import { Runner } from './runner'
import type { LocalRun } from './task-definition'
import { TaskEndpoint } from './task-endpoint'

export interface ProcessesProps {
  /** The URL of the gateway. */
  readonly url: string
  /** The deployed task definition of a task. */
  readonly definitionOf: (taskDefinitionArn: string) => Promise<TaskDefinition>
  /** What runs in place of the image of a task definition. @default what the definition says */
  readonly localRunOf?: (family: string) => LocalRun | undefined
  /** Runs the tasks whose program is not on this machine. */
  readonly standIns: Pick<TaskPrograms, 'start'>
  /** Ends a task whose program has ended: `EcsSimulation.exit`. */
  readonly exit: (task: Task, exitCode: number) => void
  /** Receives the stop timeout of a task definition. */
  readonly defineStopTimeout: (taskDefinitionArn: string, seconds: number) => void
  readonly addLine: (logGroup: string, logStream: string, line: string) => void
  /** Names what is wrong, or does not run. */
  readonly report: (part: string, message: string) => void
}

/** Runs each task as processes on loopback, as its deployed task definition says. */
export class Processes implements TaskPrograms {
  readonly kind = 'processes'
  private readonly runner = new Runner()
  private readonly endpoint = new TaskEndpoint()
  private readonly folder = mkdtempSync(join(tmpdir(), 'tideway-tasks-'))
  private readonly tasks = new Map<Task, ProcessTask>()
  private readonly definitions = new Map<string, Promise<TaskDefinition>>()

  constructor(private readonly props: ProcessesProps) {}

  start(task: Task): ProcessTask {
    const { props, runner, endpoint, folder } = this
    const program = new ProcessTask({
      ...props,
      task,
      runner,
      endpoint,
      folder: mkdtempSync(join(folder, 'task-')),
      definition: this.definition(task.deployment.release.taskDefinition),
      exit: (code) => {
        if (this.tasks.get(task) === program) this.tasks.delete(task)
        props.exit(task, code)
      },
    })
    this.tasks.set(task, program)
    return program
  }

  programOf(task: Task): TaskProgram | undefined {
    return this.tasks.get(task)
  }

  /** Ends all processes. */
  close(): void {
    this.runner.close()
    this.endpoint.close()
    for (const program of this.tasks.values()) program.retire()
    this.tasks.clear()
    rmSync(this.folder, { recursive: true, force: true })
  }

  private definition(arn: string): Promise<TaskDefinition> {
    const known = this.definitions.get(arn) ?? this.props.definitionOf(arn)
    this.definitions.set(arn, known)
    return known
  }
}
