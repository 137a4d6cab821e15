//! Stages for tests: scripted model, fake agent.
