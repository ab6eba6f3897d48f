-- a copied database neither syncs nor sends
INSERT INTO ir_config_parameter (key, value) VALUES ('maildesk.paused', '1')
    ON CONFLICT (key) DO UPDATE SET value = '1';
UPDATE ir_cron SET active = false
 WHERE id IN (SELECT res_id FROM ir_model_data WHERE module = 'maildesk' AND model = 'ir.cron');
