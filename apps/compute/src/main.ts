import { synthesizeApp } from '@tideway/constructs'
import { services } from './services'
import { settings } from './settings'
import { ComputeStack } from './stack'

synthesizeApp(
  settings,
  (app, environment, sizes) => new ComputeStack(app, { environment, settings: sizes, services }),
)
