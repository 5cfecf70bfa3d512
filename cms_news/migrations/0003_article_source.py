# Where an article comes from, as its file says it.

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cms_news', '0002_source_hash_index'),
    ]

    operations = [
        migrations.AddField(
            model_name='article',
            name='date_text',
            field=models.CharField(blank=True, editable=False, help_text='The date as the file writes it.', max_length=100),
        ),
        migrations.AddField(
            model_name='article',
            name='license',
            field=models.CharField(blank=True, help_text='As in CC BY 4.0.', max_length=300, verbose_name='license'),
        ),
        migrations.AddField(
            model_name='article',
            name='source_name',
            field=models.CharField(blank=True, help_text='Who published the article first.', max_length=300, verbose_name='source'),
        ),
        migrations.AddField(
            model_name='article',
            name='source_url',
            field=models.CharField(blank=True, help_text='Where it was published first. Readers get addresses of http and https.', max_length=2000, verbose_name='address at the source'),
        ),
    ]
