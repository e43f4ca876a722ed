import mlsysim
model = mlsysim.Models.Language.Llama3_8B
hardware = mlsysim.Hardware.Cloud.H100
evaluation = mlsysim.SystemEvaluator.evaluate(
    scenario_name="Llama-3 8B on H100", model_obj=model, hardware_obj=hardware,
    batch_size=32, precision="fp16", efficiency=0.45)
print(evaluation.scorecard())
