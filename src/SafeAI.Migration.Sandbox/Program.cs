return await SafeAI.Migration.Sandbox.SandboxProgram.RunAsync(args);
